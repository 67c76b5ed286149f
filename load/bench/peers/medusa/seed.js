/**
 * Run by `medusa exec`: a region, a channel, one product with one variant and stock, a flat shipping option, and the
 * manual payment provider, which authorises at once. Writes what a buyer needs to know to SEEDED_FILE.
 */
const { writeFileSync } = require('node:fs');
const { ContainerRegistrationKeys, Modules, ProductStatus } = require('@medusajs/framework/utils');
const flows = require('@medusajs/medusa/core-flows');

module.exports.default = async function seed({ container }) {
  const run = async (workflow, input) => (await workflow(container).run({ input })).result;
  const link = container.resolve(ContainerRegistrationKeys.LINK);

  const [channel] = await run(flows.createSalesChannelsWorkflow, {
    salesChannelsData: [{ name: 'Sale' }],
  });
  const [region] = await run(flows.createRegionsWorkflow, {
    regions: [
      {
        name: 'Europe',
        currency_code: 'eur',
        countries: ['ie'],
        payment_providers: ['pp_system_default'],
      },
    ],
  });
  await run(flows.createTaxRegionsWorkflow, [{ country_code: 'ie', provider_id: 'tp_system' }]);
  const { location, shippingOption, profile } = await shipping({
    container,
    run,
    link,
    channel,
    region,
  });
  const [product] = await run(flows.createProductsWorkflow, {
    products: [
      {
        title: 'T-shirt',
        status: ProductStatus.PUBLISHED,
        shipping_profile_id: profile.id,
        options: [{ title: 'Size', values: ['M'] }],
        variants: [
          {
            title: 'M',
            sku: 'TEE-M',
            manage_inventory: true,
            allow_backorder: false,
            options: { Size: 'M' },
            prices: [{ amount: 29, currency_code: 'eur' }],
          },
        ],
        sales_channels: [{ id: channel.id }],
      },
    ],
  });
  const query = container.resolve(ContainerRegistrationKeys.QUERY);
  const { data: items } = await query.graph({ entity: 'inventory_item', fields: ['id'] });
  await run(flows.createInventoryLevelsWorkflow, {
    inventory_levels: [
      { location_id: location.id, inventory_item_id: items[0].id, stocked_quantity: 1 },
    ],
  });
  const [key] = await run(flows.createApiKeysWorkflow, {
    api_keys: [{ title: 'Sale', type: 'publishable', created_by: '' }],
  });
  await run(flows.linkSalesChannelsToApiKeyWorkflow, { id: key.id, add: [channel.id] });
  const seeded = {
    publishableKey: key.token,
    regionId: region.id,
    channelId: channel.id,
    variantId: product.variants[0].id,
    shippingOptionId: shippingOption.id,
  };
  writeFileSync(process.env.SEEDED_FILE, JSON.stringify(seeded));
};

async function shipping({ container, run, link, channel, region }) {
  const [location] = await run(flows.createStockLocationsWorkflow, {
    locations: [
      { name: 'Warehouse', address: { city: 'Cork', country_code: 'IE', address_1: '' } },
    ],
  });
  const stockLocation = { [Modules.STOCK_LOCATION]: { stock_location_id: location.id } };
  await link.create({
    ...stockLocation,
    [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' },
  });
  const [profile] = await run(flows.createShippingProfilesWorkflow, {
    data: [{ name: 'Default', type: 'default' }],
  });
  const fulfillment = container.resolve(Modules.FULFILLMENT);
  const set = await fulfillment.createFulfillmentSets({
    name: 'Delivery',
    type: 'shipping',
    service_zones: [{ name: 'Europe', geo_zones: [{ country_code: 'ie', type: 'country' }] }],
  });
  await link.create({ ...stockLocation, [Modules.FULFILLMENT]: { fulfillment_set_id: set.id } });
  const [shippingOption] = await run(flows.createShippingOptionsWorkflow, [
    {
      name: 'Standard',
      price_type: 'flat',
      provider_id: 'manual_manual',
      service_zone_id: set.service_zones[0].id,
      shipping_profile_id: profile.id,
      type: { label: 'Standard', description: 'Some days.', code: 'standard' },
      prices: [{ region_id: region.id, amount: 4.9 }],
      rules: [
        { attribute: 'enabled_in_store', value: 'true', operator: 'eq' },
        { attribute: 'is_return', value: 'false', operator: 'eq' },
      ],
    },
  ]);
  await run(flows.linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [channel.id] });
  return { location, shippingOption, profile };
}
