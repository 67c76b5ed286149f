/** Medusa for the sale: see ../README.md for why each of these is its best form. */
const { defineConfig } = require('@medusajs/framework/utils');

const { DATABASE_URL, POOL_MAX, LOCKS, JWT_SECRET, COOKIE_SECRET } = process.env;

const LOCKS_IN_POSTGRES = {
  resolve: '@medusajs/medusa/locking',
  options: {
    providers: [
      {
        resolve: '@medusajs/medusa/locking-postgres',
        id: 'locking-postgres',
        is_default: true,
      },
    ],
  },
};

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: DATABASE_URL,
    databaseLogging: false,
    databaseDriverOptions: { pool: { min: 2, max: Number(POOL_MAX) } },
    http: {
      storeCors: 'http://127.0.0.1',
      adminCors: 'http://127.0.0.1',
      authCors: 'http://127.0.0.1',
      jwtSecret: JWT_SECRET,
      cookieSecret: COOKIE_SECRET,
    },
  },
  admin: { disable: true },
  featureFlags: { caching: true },
  modules: [
    { resolve: '@medusajs/medusa/caching', options: { in_memory: { enable: true } } },
    ...(LOCKS === 'postgres' ? [LOCKS_IN_POSTGRES] : []),
  ],
});
