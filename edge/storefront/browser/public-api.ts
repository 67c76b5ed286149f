import { createClient } from '@commerce/generated/public-v1/client/client/index.ts';

/**
 * How the pages' scripts call the public operations: on the shop's own host, whose cookies the browser sends by
 * itself. So the client has no token to add.
 */
export const ownHost = { client: createClient({ baseUrl: location.origin }) };
