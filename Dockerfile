FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts/copy-dashboard.mjs scripts/
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
# Agents need the Claude Code CLI: build with `--build-arg CLAUDE_CODE_VERSION=2.1.197` to have it in the image.
ARG CLAUDE_CODE_VERSION=""
RUN if [ -n "$CLAUDE_CODE_VERSION" ]; then npm install --global "@anthropic-ai/claude-code@$CLAUDE_CODE_VERSION"; fi

WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY openapi openapi
RUN mkdir /data && chown node:node /data

# Inside the container every address is a remote one. Keys travel in the open, so publish the port to loopback only
# (`-p 127.0.0.1:7411:7411`) or put TLS in front.
ENV NODE_ENV=production \
    GRANGER_HOST=0.0.0.0 \
    GRANGER_ALLOW_REMOTE=true \
    GRANGER_DATA=/data

USER node
VOLUME /data
EXPOSE 7411
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GRANGER_PORT || 7411}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
