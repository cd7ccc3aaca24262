// The FIX 4.4 messages and fields that Tradewind uses, as QuickFIX reads them (fix44.xml).
#pragma once

namespace tw {
namespace fix {

const char* Dictionary();

}  // namespace fix
}  // namespace tw
