const { bootstrap } = require('@vendure/core');
const { configOf } = require('./config.js');

bootstrap(configOf(false)).catch((error) => {
  console.error(error);
  process.exit(1);
});
