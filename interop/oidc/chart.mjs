// The EHR itself: who is at work in which chart, and what it tells the app of that.
import { randomUUID } from 'node:crypto';

/** Keeps the launches that charts begin, and what became of each grant. */
export function charts(fhirBase) {
  const launches = new Map();
  const grants = new Map();
  let latest;

  return {
    /** Redirects to the app of the client, as a click in the chart does. */
    async launch(provider, parameters, response) {
      const client = await provider.Client.find(parameters.get('client'));
      const launch = randomUUID();
      latest = launchOf(parameters);
      launches.set(launch, latest);
      const address = new URL(client.metadata().launch_uris[0]);
      address.searchParams.set('iss', fhirBase);
      address.searchParams.set('launch', launch);
      response.writeHead(302, { Location: address.href });
      response.end();
    },
    knows: (launch) => launches.has(launch),
    /** Returns the launch; without a handle the chart that was opened last is chosen. */
    find: (launch) => (launch === undefined ? latest : launches.get(launch)),
    grant: (grantId, launch) => grants.set(grantId, launch),
    granted: (grantId) => grants.get(grantId),
  };
}

function launchOf(parameters) {
  const references = parameters.getAll('context');
  return {
    user: parameters.get('user'),
    relative: parameters.has('relative'),
    seconds: Number(parameters.get('seconds') ?? 3600),
    withheld: new Set(parameters.getAll('withhold')),
    context: {
      patient: parameters.get('patient') ?? undefined,
      encounter: parameters.get('encounter') ?? undefined,
      intent: parameters.get('intent') ?? undefined,
      fhirContext: references.length ? references.map((reference) => ({ reference })) : undefined,
      need_patient_banner: !parameters.has('banner'),
      tenant: 'ward-7',
    },
  };
}

/** Returns the document that SMART clients read first. */
export function smartConfiguration(issuer, version) {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/reg`,
    introspection_endpoint: `${issuer}/token/introspection`,
    revocation_endpoint: `${issuer}/token/revocation`,
    grant_types_supported: ['authorization_code', 'refresh_token'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    authorization_response_iss_parameter_supported: true,
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-banner',
      'context-ehr-patient',
      'context-ehr-encounter',
      'context-standalone-patient',
      'permission-online',
      'permission-patient',
      'permission-user',
      `permission-v${version}`,
    ],
  };
}
