#!/usr/bin/env bash
# The first order by REST: it rests at its limit, is shown, and canceled.
set -euo pipefail
http=${TRADEWIND_HTTP:-http://127.0.0.1:8080}
ask=(curl --silent --show-error --fail-with-body --max-time 10 -H 'Content-Type: application/json')
[[ -z ${TRADEWIND_TOKEN:-} ]] || ask+=(-H "Authorization: Bearer $TRADEWIND_TOKEN")
[[ -z ${TRADEWIND_CA:-} ]] || ask+=(--cacert "$TRADEWIND_CA")

# The key by which a repeat is known: after a time-out the same request is sent again.
key=curl-$(date +%s%N)
order=$("${ask[@]}" "$http/api/v1/orders" -d "{\"account\":\"demo\",\"symbol\":\"BTCUSDT\",\"side\":\"buy\",\"type\":\"limit\",
  \"time_in_force\":\"gtc\",\"quantity\":\"0.01\",\"price\":\"43500\",\"client_order_id\":\"$key\"}")
echo "sent      $order"
# A refused order has an id too: its reject_reason says why.
id=$(sed -n 's/.*"order_id":"\([^"]*\)".*/\1/p' <<<"$order")

echo "shown     $("${ask[@]}" "$http/api/v1/orders/$id")"
echo "canceled  $("${ask[@]}" -X DELETE "$http/api/v1/orders/$id")"
