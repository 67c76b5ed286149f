import type pg from 'pg';

/**
 * Takes connections that the server has ended out of a pool, also those that somebody has in hand: a transaction that
 * cannot even be rolled back is never given back by the query builder, and a pool that loses its connections one by one
 * serves nobody in the end. What the transaction asks next fails, since its connection is closed.
 */
export function discardLostConnections(pool: pg.Pool): void {
  const inHand = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => inHand.add(client));
  pool.on('release', (_, client) => inHand.delete(client));
  pool.on('connect', (client) => {
    // Always heard, also a second time: an error that nobody hears ends the process.
    client.on('error', (error) => {
      if (!inHand.has(client)) return;
      client.release(error);
      // Its holder may still give it back.
      client.release = () => {};
    });
  });
}
