import { freePort, isPortFree } from './free-port.ts';

/** TCP ports of 127.0.0.1 that a platform listens on. */
export type Ports = {
  frontDoor: number;
  nodeService: number;
  stripeStandIn: number;
  postgres: number;
  prism: number;
  metrics: number;
};

type PortName = keyof Ports;

const PORTS: Record<PortName, { variable: string; default: number; what: string }> = {
  frontDoor: { variable: 'FRONT_DOOR_PORT', default: 8787, what: 'the front door' },
  nodeService: { variable: 'NODE_SERVICE_PORT', default: 3000, what: 'the node service' },
  stripeStandIn: { variable: 'STRIPE_STAND_IN_PORT', default: 12111, what: 'the Stripe stand-in' },
  postgres: { variable: 'POSTGRES_PORT', default: 5433, what: 'Postgres' },
  prism: { variable: 'PRISM_PORT', default: 4010, what: 'the Prism mock' },
  metrics: { variable: 'METRICS_PORT', default: 9464, what: 'the metrics' },
};

/** The usual ports, overridden by the environment. Throws naming every variable that is no port, or used twice. */
export function readPorts(env: Readonly<Record<string, string | undefined>>): Ports {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  const port = (name: PortName): number => {
    const { variable, default: usual } = PORTS[name];
    const text = env[variable];
    const value = text === undefined || text === '' ? usual : Number(text);
    if (!Number.isInteger(value) || value < 1 || value > 65_535) {
      problems.push(`${variable} is "${text}"; it must be a whole number from 1 to 65535`);
    } else if (taken.has(value)) {
      problems.push(`${variable} and ${taken.get(value)} are both ${value}`);
    }
    taken.set(value, variable);
    return value;
  };
  const ports: Ports = {
    frontDoor: port('frontDoor'),
    nodeService: port('nodeService'),
    stripeStandIn: port('stripeStandIn'),
    postgres: port('postgres'),
    prism: port('prism'),
    metrics: port('metrics'),
  };
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return ports;
}

/** Ports that are free now, for a platform that shall not meet another one. */
export async function ephemeralPorts(): Promise<Ports> {
  const names = Object.keys(PORTS) as PortName[];
  const found = new Set<number>();
  while (found.size < names.length) found.add(await freePort());
  const [frontDoor, nodeService, stripeStandIn, postgres, prism, metrics] = [...found];
  return { frontDoor, nodeService, stripeStandIn, postgres, prism, metrics } as Ports;
}

/** Throws one message that names each port that is taken, what it is for, and the variable that moves it. */
export async function assertPortsFree(ports: Ports, names: readonly PortName[]): Promise<void> {
  const taken: PortName[] = [];
  for (const name of names) if (!(await isPortFree(ports[name]))) taken.push(name);
  if (taken.length === 0) return;
  const lines = taken.map(
    (name) =>
      `port ${ports[name]} is taken, and ${PORTS[name].what} needs it (${PORTS[name].variable})`,
  );
  const moved = taken.map((name) => `${PORTS[name].variable}=${ports[name] + 100}`).join(' ');
  throw new Error(
    `${lines.join('\n')}\nStop what listens there, or choose other ports: ${moved} npm start`,
  );
}
