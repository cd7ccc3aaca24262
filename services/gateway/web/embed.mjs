// embed.mjs DIST OUT_CC OUT_BIN: every file of DIST, plain and packed by gzip, one after the other in OUT_BIN, and OUT_CC,
// which takes them into the program as PageFiles() of services/gateway/page.h.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [dist, outCc, outBin] = process.argv.slice(2);
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
  .sort();
if (!files.includes('index.html')) {
  throw new Error(`${dist} holds no index.html`);
}

const pieces = [];
let size = 0;
function put(bytes) {
  const at = size;
  pieces.push(bytes);
  size += bytes.length;
  return `At(${at}, ${bytes.length})`;
}

const rows = files.map((path) => {
  const content = readFileSync(join(dist, path));
  const gzip = gzipSync(content, { level: 9 });
  const saves = gzip.length < content.length * 0.95;
  return `      {${JSON.stringify(path)}, ${put(content)}, ${saves ? put(gzip) : '{}'}},`;
});
writeFileSync(outBin, Buffer.concat(pieces));
writeFileSync(
  outCc,
  `// Written by embed.mjs.
#include "services/gateway/page.h"

asm(R"(
.section .rodata
.global tw_page_bytes
tw_page_bytes:
.incbin "${outBin}"
.byte 0
.section .text
)");

extern "C" const char tw_page_bytes[];

namespace tw::gateway {
namespace {

std::string_view At(size_t offset, size_t size) {
  return {tw_page_bytes + offset, size};
}

}  // namespace

std::vector<PageFile> PageFiles() {
  return {
${rows.join('\n')}
  };
}

}  // namespace tw::gateway
`,
);
