/**
 * Makes the tables, a zone, taxes, a flat shipping method, one product with one variant whose stock is tracked, and a
 * payment method that settles at once. Writes what a buyer needs to know to SEEDED_FILE.
 */
const { writeFileSync } = require('node:fs');
const core = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { configOf } = require('./config.js');

const initialData = {
  defaultLanguage: core.LanguageCode.en,
  defaultZone: 'Europe',
  countries: [{ name: 'Ireland', code: 'IE', zone: 'Europe' }],
  taxRates: [{ name: 'Standard', percentage: 23 }],
  shippingMethods: [{ name: 'Standard', price: 490 }],
  paymentMethods: [
    {
      name: 'Manual',
      handler: {
        code: core.dummyPaymentHandler.code,
        arguments: [{ name: 'automaticSettle', value: 'true' }],
      },
    },
  ],
  collections: [],
};

const PRODUCTS =
  'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets\n' +
  'T-shirt,tee,A T-shirt,,,,,TEE-M,29.00,standard,1,true,,\n';

async function seed() {
  const { PRODUCTS_FILE, SEEDED_FILE } = process.env;
  writeFileSync(PRODUCTS_FILE, PRODUCTS);
  const app = await populate(() => core.bootstrap(configOf(true)), initialData, PRODUCTS_FILE);
  const connection = app.get(core.TransactionalConnection).rawConnection;
  const only = async (entity) => {
    const [one, another] = await connection.getRepository(entity).find();
    if (one === undefined || another !== undefined) throw new Error(`not one ${entity.name}`);
    return one;
  };
  const variant = await only(core.ProductVariant);
  const shippingMethod = await only(core.ShippingMethod);
  const paymentMethod = await only(core.PaymentMethod);
  const seeded = {
    variantId: String(variant.id),
    shippingMethodId: String(shippingMethod.id),
    paymentMethod: paymentMethod.code,
  };
  writeFileSync(SEEDED_FILE, JSON.stringify(seeded));
  await app.close();
}

seed().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
