// The two versions of ILP that rows may be in: v1 is all text; v2 has binary fields in the lines:
//
//   name '=' '=' 16 | double 8 |
//   name '=' '=' 14 | element type 10 | dimensions 1 | length of each 4 ... | doubles 8 ... |
//
// Little-endian. Text fields are the same in both. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tw::ilp {

inline constexpr char kEntityArray = 14;
inline constexpr char kEntityDouble = 16;
inline constexpr char kElementDouble = 10;

// Rows as LineBuffer writes them, for a server that takes v1 only: doubles become text that reads
// back equal; arrays, which v1 has not, are left out, and a row that has nothing else with them.
// Bytes that are no rows stay as they are, for the server to refuse.
std::string ToProtocolV1(std::string_view rows);

}  // namespace tw::ilp
