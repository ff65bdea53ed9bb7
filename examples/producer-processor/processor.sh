#!/usr/bin/env bash
# The same as processor.py with curl and Node for the JSON; it takes one message after the other until it is stopped.
set -euo pipefail

HUB=${GRANGER_URL:-$(node -p 'JSON.parse(require("fs").readFileSync("data/hub.json")).url')}
KEY=${GRANGER_KEY:-$(cat data/admin.key)}

call() { curl -sS --fail-with-body -X "$1" "$HUB$2" -H "Authorization: Bearer $KEY" -H 'content-type: application/json' -d "$3"; }

call PUT /v1/modules/Processor '{"description":"Sums numbers","capabilities":["statistics"]}' >&2
while claimed=$(call POST /v1/modules/Processor/claim '{"waitSeconds":30}'); do
  node -e '
    for (const { delivery, message } of JSON.parse(process.argv[1]).items) {
      const { numbers } = message.payload;
      const payload = { count: numbers.length, sum: numbers.reduce((sum, number) => sum + number, 0) };
      console.log(delivery.id + " " + JSON.stringify({ lease: delivery.lease, reply: { payload } }));
    }' "$claimed" | while read -r id body; do
    call POST "/v1/deliveries/$id/complete" "$body" >&2
  done
done
