// The FHIR server behind the authorization server: each request must carry a token that reaches it.
import http from 'node:http';
import { storeSecret } from './provider.mjs';

const V1 = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Returns what answers FHIR requests: by `upstream` where the token allows, else by 401 or 403. */
export function guarded(upstream, issuer) {
  const asked = `Basic ${Buffer.from(`fhir-store:${storeSecret}`).toString('base64')}`;

  async function scopesOf(request) {
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!token) {
      return undefined;
    }
    const answer = await fetch(`${issuer}/token/introspection`, {
      method: 'POST',
      headers: { Authorization: asked },
      body: new URLSearchParams({ token }),
    });
    const { active, scope } = await answer.json();
    return active ? (scope ?? '').split(' ') : undefined;
  }

  return async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    const path = request.url.slice(upstream.pathname.length);
    if (path !== '/metadata') {
      const scopes = await scopesOf(request);
      if (scopes === undefined) {
        response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
        return refuse(response, 401, 'login');
      }
      if (!needed(request.method, path, body).every((need) => allows(scopes, need))) {
        response.setHeader('WWW-Authenticate', 'Bearer error="insufficient_scope"');
        return refuse(response, 403, 'forbidden');
      }
    }
    const { authorization, ...headers } = request.headers;
    // With this server's own Host, the links in the answers lead back to here.
    const onward = http.request(
      { host: upstream.hostname, port: upstream.port, method: request.method, path: request.url, headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      }
    );
    onward.on('error', () => refuse(response, 502, 'transient'));
    onward.end(body);
  };
}

/** Returns what a request does, as pairs of type and SMART's letter. */
function needed(method, path, body) {
  const [type, id] = path.split('?')[0].split('/').slice(1);
  if (!type) {
    return JSON.parse(body).entry.flatMap(({ request }) => needed(request.method, `/${request.url}`));
  }
  const letters = { GET: id ? 'r' : 's', POST: id === '_search' ? 's' : 'c', PUT: 'u', DELETE: 'd' };
  return [[type, letters[method]]];
}

function allows(scopes, [type, letter]) {
  return scopes.some((scope) => {
    const [, of, actions] = /^(?:patient|user)\/(\*|\w+)\.([a-z*]+)/.exec(scope) ?? [];
    return (of === '*' || of === type) && (V1[actions] ?? actions).includes(letter);
  });
}

function refuse(response, status, code) {
  response.writeHead(status, { 'Content-Type': 'application/fhir+json' });
  const issue = [{ severity: 'error', code }];
  response.end(JSON.stringify({ resourceType: 'OperationOutcome', issue }));
}
