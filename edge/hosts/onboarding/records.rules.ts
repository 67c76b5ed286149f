import type { Facts } from './facts.ts';

type Named = Pick<Facts, 'host' | 'way' | 'holder' | 'platformZone' | 'target'>;

/**
 * What to set where, for the way that a host comes to us, one line a record or a step. `100::` and `192.0.2.1` are
 * addresses that lead nowhere: a proxied record needs one, and the Worker answers before anybody would connect to it.
 */
export function recordLines({ host, way, holder, platformZone, target }: Named): string[] {
  if (way === null) return [];
  if (way === 'umbrella') return umbrellaLines(host, platformZone);
  return holder === 'zone' ? ownZoneLines(host) : customHostnameLines(host, target);
}

function umbrellaLines(host: string, zone: string): string[] {
  const labels = host.slice(0, -zone.length - 1).split('.').length;
  return [
    `Once for the zone ${zone}, and nothing for each shop:`,
    `  *.${zone}  AAAA  100::  proxied`,
    ...(labels > 1
      ? [`${host} is ${labels} levels below ${zone}: order an advanced certificate that names it`]
      : []),
  ];
}

function ownZoneLines(host: string): string[] {
  return [
    `The zone of ${host} is in our account; its registrar names the name servers that Cloudflare gives it. In the zone:`,
    `  ${host}  AAAA  100::      proxied`,
    `  ${host}  A     192.0.2.1  proxied`,
    `once for that zone a Worker route */* to the front door, and the rules of edge/cloudflare/`,
  ];
}

function customHostnameLines(host: string, target: string): string[] {
  return [
    `The zone stays with its owner. In the zone of ${target}: a custom hostname ${host}, validated by TXT. With the owner:`,
    `  _cf-custom-hostname.${host}  TXT    (the value that the custom hostname shows)`,
    `  _acme-challenge.${host}      TXT    (the value that its certificate shows)`,
    `  ${host}  CNAME  ${target}   (at the top of a zone: ALIAS, ANAME or a flattened CNAME)`,
  ];
}
