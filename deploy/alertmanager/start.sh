#!/bin/sh
# Writes Alertmanager's configuration and starts it. With TRADEWIND_ALERT_WEBHOOK every alert is posted there, as
# Alertmanager's JSON; without, alerts show in Prometheus and Grafana only.
#
#   start.sh --print   the configuration, on standard output
set -eu

configuration() {
  cat <<END
route:
  receiver: desk
  group_by: [alertname, service]
  group_wait: 2s
  group_interval: 30s
  repeat_interval: 4h
# A service that is down says nothing of itself: what follows from it is not told beside it.
inhibit_rules:
  - source_matchers: [alertname = ServiceDown]
    target_matchers: [alertname != ServiceDown]
    equal: [service]
receivers:
  - name: desk
END
  if [ -n "${TRADEWIND_ALERT_WEBHOOK:-}" ]; then
    case $TRADEWIND_ALERT_WEBHOOK in
      http://* | https://*) ;;
      *)
        echo "TRADEWIND_ALERT_WEBHOOK is no http or https URL: $TRADEWIND_ALERT_WEBHOOK" >&2
        exit 78
        ;;
    esac
    # In single quotes, where YAML knows one escape: the quote, doubled.
    url=$(printf '%s' "$TRADEWIND_ALERT_WEBHOOK" | sed "s/'/''/g")
    cat <<END
    webhook_configs:
      - url: '$url'
        send_resolved: true
        max_alerts: 100
END
  fi
}

if [ "${1:-}" = --print ]; then
  configuration
  exit
fi
configuration >/tmp/alertmanager.yml
exec alertmanager --config.file=/tmp/alertmanager.yml --storage.path=/alertmanager --cluster.listen-address= \
  --web.listen-address=0.0.0.0:9093
