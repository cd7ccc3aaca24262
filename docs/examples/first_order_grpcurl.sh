#!/usr/bin/env bash
# The first order by gRPC, with nothing but grpcurl: the server describes itself (reflection).
set -euo pipefail
grpc=${TRADEWIND_GRPC:-127.0.0.1:50080}
ask=(grpcurl -max-time 10)
if [[ -n ${TRADEWIND_CA:-} ]]; then ask+=(-cacert "$TRADEWIND_CA"); else ask+=(-plaintext); fi
[[ -z ${TRADEWIND_TOKEN:-} ]] || ask+=(-H "authorization: Bearer $TRADEWIND_TOKEN")
service=tradewind.v1.OrderService

# The key by which a repeat is known: after a time-out the same request is sent again.
key=grpcurl-$(date +%s%N)
order=$("${ask[@]}" -d "{\"account\":\"demo\",\"symbol\":\"BTCUSDT\",\"side\":\"SIDE_BUY\",\"type\":\"ORDER_TYPE_LIMIT\",
  \"time_in_force\":\"TIME_IN_FORCE_GTC\",\"quantity\":\"0.01\",\"price\":\"43500\",\"client_order_id\":\"$key\"}" \
  "$grpc" "$service/SubmitOrder")
echo "sent      $order"
# A refused order has an id too: its reject_reason says why. grpcurl writes names as JSON does or as the schema does.
id=$(sed -nE 's/.*"(orderId|order_id)": *"([^"]*)".*/\2/p' <<<"$order" | head -n 1)

echo "shown     $("${ask[@]}" -d "{\"order_id\":\"$id\"}" "$grpc" "$service/GetOrder")"
echo "canceled  $("${ask[@]}" -d "{\"order_id\":\"$id\"}" "$grpc" "$service/CancelOrder")"
