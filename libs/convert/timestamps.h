// Times between the core (nanoseconds) and the public door (google.protobuf.Timestamp). Any thread.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "libs/base/time.h"

namespace tw {

// A proto field cannot tell 1970 from "not set" by itself, so the caller leaves the field out for a
// time that is not set: `if (t.IsSet()) ToTimestamp(t, out.mutable_time());`.
void ToTimestamp(Timestamp t, google::protobuf::Timestamp* out);

// Years 1678 to 2262; a time outside sticks at the nearest end. An unset message is Timestamp{}.
Timestamp FromTimestamp(const google::protobuf::Timestamp& t);

}  // namespace tw
