// oidc-provider, told what SMART App Launch asks beyond OpenID Connect.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider, errors, interactionPolicy } from 'oidc-provider';

const OWN_SCOPES = ['openid', 'fhirUser', 'online_access', 'offline_access'];

/** Returns the authorization server, and the sign-in that it sends people to, which asks nothing. */
export function makeProvider(issuer, fhirBase, chart) {
  const provider = new Provider(issuer, {
    scopes: OWN_SCOPES,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false,
    clients: [
      {
        client_id: 'fhir-store',
        client_secret: storeSecret,
        grant_types: [],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS384', 'ES384'],
      idTokenSigningAlgValues: ['RS256', 'ES256'],
    },
    // It takes a request by POST only if its session comes along with one from another site.
    enableHttpPostMethods: true,
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      long: { httpOnly: true, sameSite: 'none' },
    },
    jwks: {
      keys: [
        signingKey('rsa', { modulusLength: 2048 }),
        signingKey('ec', { namedCurve: 'P-256' }),
      ],
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('online_access'),
    // Without the dispatcher, by which it would refuse this machine's own addresses: apps are there.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    extraClientMetadata: { properties: ['launch_uris'] },
    extraParams: {
      aud(ctx, value) {
        if (value !== fhirBase) {
          throw new errors.InvalidRequest('aud is not the address of the FHIR server');
        }
      },
      launch(ctx, value) {
        if (value !== undefined && !chart.knows(value)) {
          throw new errors.InvalidRequest('launch was not begun here');
        }
      },
    },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      // A registration may ask for a secret of characters that not every server reads alike.
      registration: {
        enabled: true,
        secretFactory: (ctx) =>
          randomBytes(24).toString('hex') + (ctx.oidc.body.awkward ? '+:%/ =' : ''),
      },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => fhirBase,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx) => ({
          audience: fhirBase,
          accessTokenFormat: 'opaque',
          accessTokenTTL: chart.granted(ctx.oidc.entities.Grant?.jti)?.seconds,
          // What was granted; on the way there, what is asked for.
          scope: ctx.oidc.entities.Grant?.getResourceScope(fhirBase) || ctx.oidc.params.scope,
        }),
      },
    },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => claimsOf(ctx, sub) }),
    extraTokenClaims: (ctx, token) => chart.granted(token.grantId)?.context,
    interactions: { policy: alwaysSignIn(), url: (ctx, { uid }) => `/op/interaction/${uid}` },
    ttl: {
      AuthorizationCode: 60,
      Grant: 36000,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 36000,
      Session: 36000,
    },
  });

  function claimsOf(ctx, sub) {
    const launch = chart.granted(ctx.oidc.entities.Grant.jti);
    return { sub, fhirUser: launch.relative ? launch.user : `${fhirBase}/${launch.user}` };
  }

  // The launch context stands beside the tokens, and again with each renewal.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token' && ctx.status === 200) {
      Object.assign(ctx.body, chart.granted(ctx.oidc.entities.Grant.jti).context);
    }
  });

  // It would refuse a registration that names scopes of SMART, which no configuration can list.
  provider.use(async (ctx, next) => {
    if (ctx.path === '/reg') {
      const { scope, ...metadata } = JSON.parse(Buffer.concat(await Array.fromAsync(ctx.req)));
      ctx.req.body = metadata;
    }
    await next();
  });

  async function signIn(request, response) {
    const { params } = await provider.interactionDetails(request, response);
    const launch = chart.find(params.launch);
    const accountId = launch.user.replaceAll('/', '-');
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    for (const scope of params.scope.split(' ')) {
      if (launch.withheld.has(scope)) {
        grant.rejectOIDCScope(scope);
        grant.rejectResourceScope(fhirBase, scope);
      } else {
        grant.addOIDCScope(scope);
        grant.addResourceScope(fhirBase, scope);
      }
    }
    const grantId = await grant.save();
    chart.grant(grantId, launch);
    await provider.interactionFinished(request, response, {
      login: { accountId },
      consent: { grantId },
    });
  }

  return { provider, signIn };
}

/** How the FHIR server proves who it is when it asks about a token. */
export const storeSecret = randomBytes(32).toString('hex');

/** Lets a client ask about its own tokens, and the FHIR server about all. */
function mayIntrospect(ctx, client, token) {
  return client.clientId === 'fhir-store' || token.clientId === client.clientId;
}

/** Returns a policy by which each launch is a sign-in of its own: the chart says who it is. */
function alwaysSignIn() {
  const policy = interactionPolicy.base();
  policy.get('login').checks.add(
    new interactionPolicy.Check('new_launch', 'each launch says who is at work', (ctx) =>
      ctx.oidc.result?.login
        ? interactionPolicy.Check.NO_NEED_TO_PROMPT
        : interactionPolicy.Check.REQUEST_PROMPT
    )
  );
  return policy;
}

function signingKey(kind, parameters) {
  const key = generateKeyPairSync(kind, parameters).privateKey.export({ format: 'jwk' });
  return { ...key, use: 'sig', kid: kind };
}
