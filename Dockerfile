# puntual in a container: node runs the sources as they are, as a plain user, with no npm in between, so that SIGTERM reaches it.
# docker build -t puntual . && docker run --init --stop-timeout 110 -p 127.0.0.1:3000:3000 -v puntual:/data puntual
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:24-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY services ./services
COPY web ./web
RUN node web/build.ts

FROM node:24-slim
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY worker ./worker
COPY jobs ./jobs
COPY services ./services
COPY embedded ./embedded
COPY supabase ./supabase
COPY --from=pages /app/public ./public
# Received answers, and the embedded database where no other is configured: what must outlive the container.
RUN mkdir /data && chown node:node /data
USER node
ENV HOST=0.0.0.0
ENV PORT=3000
ENV DATA_DIR=/data
ENV MALLOC_ARENA_MAX=2
ENV NODE_COMPILE_CACHE=/tmp/node-compile-cache
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "--no-parallel-scavenge", "--no-allocation-site-pretenuring", "--initial-old-space-size=32", "--heap-growing-percent=60", "worker/main.ts"]
