import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [tailwindcss()],
  build: {
    target: 'es2022',
    cssCodeSplit: false,
    assetsInlineLimit: 0, // the policy of the page lets nothing in that is not a file of the server
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 400,
  },
  server: {
    // `run node node_modules/vite/bin/vite.js` beside a running platform; GATEWAY names another than the default.
    proxy: Object.fromEntries(
      ['/api', '/status', '/metrics', '/ws'].map((path) => [
        path,
        { target: process.env.GATEWAY ?? 'http://127.0.0.1:8080', ws: path === '/ws', changeOrigin: true },
      ]),
    ),
  },
});
