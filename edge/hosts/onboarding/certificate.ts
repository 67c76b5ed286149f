import { connect } from 'node:tls';
import type { Endpoint } from '../../operator-cli/exchange.ts';
import type { Certificate, Failed } from './facts.ts';

const TIMEOUT_MS = 15_000;

/**
 * The certificate that a name gets, judged as a browser would: by the usual authorities (and NODE_EXTRA_CA_CERTS), for
 * this name, now. One that is refused is described all the same.
 */
export function lookAtCertificate(host: string, at: Endpoint): Promise<Certificate | Failed> {
  return new Promise((resolve) => {
    const socket = connect({
      host: at.hostname,
      port: at.port,
      servername: host,
      // It is described before it is judged; nothing is sent over this connection.
      rejectUnauthorized: false,
    });
    const end = (fact: Certificate | Failed) => {
      socket.destroy();
      resolve(fact);
    };
    socket.setTimeout(TIMEOUT_MS, () => {
      end({ kind: 'failed', why: `no answer within ${TIMEOUT_MS / 1000} s` });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end({ kind: 'failed', why: error.code ?? error.message });
    });
    socket.once('secureConnect', () => {
      const { valid_to, issuer } = socket.getPeerCertificate();
      const { authorizationError } = socket;
      end({
        kind: 'certificate',
        refusal: socket.authorized ? null : reasonOf(authorizationError),
        validTo: new Date(valid_to),
        issuer: one(issuer.O) ?? one(issuer.CN) ?? 'an authority without a name',
      });
    });
  });
}

/** Typed as an error, and a text in fact. */
function reasonOf(error: Error | string | null): string {
  if (error === null) return 'not trusted';
  return typeof error === 'string' ? error : error.message;
}

function one(name: string | string[] | undefined): string | undefined {
  return Array.isArray(name) ? name[0] : name;
}
