#!/usr/bin/env bash
# The same as producer.py with curl.
set -euo pipefail

HUB=${GRANGER_URL:-$(node -p 'JSON.parse(require("fs").readFileSync("data/hub.json")).url')}
KEY=${GRANGER_KEY:-$(cat data/admin.key)}

call() { curl -sS --fail-with-body -X "$1" "$HUB$2" -H "Authorization: Bearer $KEY" -H 'content-type: application/json' -d "$3"; }

call PUT /v1/modules/Producer '{"description":"Produces numbers"}' >&2
answer=$(call POST '/v1/messages?wait=30' '{"from":"Producer","capability":"statistics","payload":{"numbers":[0,1,2,3,4,5,6,7,8,9]}}')
node -e 'const { reply } = JSON.parse(process.argv[1]); console.log(JSON.stringify({ from: reply.from, ...reply.payload }))' "$answer"
