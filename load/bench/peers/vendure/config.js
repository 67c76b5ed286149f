/** Vendure for the sale: see ../README.md for why each of these is its best form. */
const { DefaultLogger, LogLevel, dummyPaymentHandler } = require('@vendure/core');

const { DATABASE_URL, PORT, POOL_MAX, SUPERADMIN_PASSWORD, COOKIE_SECRET } = process.env;

/** @param synchronize whether TypeORM may make the tables: for the seed alone */
exports.configOf = (synchronize) => ({
  apiOptions: { hostname: '127.0.0.1', port: Number(PORT), shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: 'bearer',
    superadminCredentials: { identifier: 'superadmin', password: SUPERADMIN_PASSWORD },
    cookieOptions: { secret: COOKIE_SECRET },
  },
  dbConnectionOptions: {
    type: 'postgres',
    url: DATABASE_URL,
    synchronize,
    logging: false,
    poolSize: Number(POOL_MAX),
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
  plugins: [],
});
