// An EHR whose authorization server is panva's oidc-provider, in front of another FHIR server.
//
//   node server.mjs --upstream FHIR_BASE [--port N] [--version 1|2]
//
// `--version` is that of SMART's scopes. Prints "ready on PORT", and runs until its input ends, so
// that it never outlives who started it. FHIR is at http://127.0.0.1:PORT, under the path of the FHIR
// server behind it; the authorization server has an origin and a path of its own,
// http://localhost:PORT/op. Apps register themselves there (RFC 7591).
//
// GET /launch?client=ID&patient=ID&user=Type/ID opens the app as a chart would; nobody is asked
// anything on the way. It also takes encounter, intent, context (Type/ID, many), banner (the chart has
// one of its own), relative (fhirUser), seconds (that an access token lasts) and withhold (a scope,
// many).
import http from 'node:http';
import { parseArgs } from 'node:util';
import { charts, smartConfiguration } from './chart.mjs';
import { makeProvider } from './provider.mjs';
import { guarded } from './store.mjs';

const HOST = '127.0.0.1';
const MOUNT = '/op';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    upstream: { type: 'string' },
    version: { type: 'string', default: '2' },
  },
});

const server = http.createServer();
server.listen(Number(options.port), HOST, () => {
  const { port } = server.address();
  const upstream = new URL(options.upstream);
  const fhirBase = `http://${HOST}:${port}${upstream.pathname}`;
  const issuer = `http://localhost:${port}${MOUNT}`;
  const chart = charts(fhirBase);
  const { provider, signIn } = makeProvider(issuer, fhirBase, chart);
  const authorization = provider.callback();
  const store = guarded(upstream, issuer);

  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url, fhirBase);
    if (pathname === '/launch') {
      return chart.launch(provider, searchParams, response);
    }
    if (pathname === `${upstream.pathname}/.well-known/smart-configuration`) {
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify(smartConfiguration(issuer, options.version)));
    }
    if (pathname.startsWith(`${MOUNT}/interaction/`)) {
      return signIn(request, response);
    }
    if (pathname.startsWith(`${MOUNT}/`)) {
      request.originalUrl = request.url;
      request.url = request.url.slice(MOUNT.length);
      return authorization(request, response);
    }
    return store(request, response);
  });
  console.log(`ready on ${port}`);
});
process.stdin.resume().on('end', () => process.exit(0));
