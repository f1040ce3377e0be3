import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { DevIdentityOptions } from './dev-identity-provider.js'
import type { DevKeys } from './keys.js'
import { escape, sendPage } from './page.js'
import { createStore } from './store.js'

/** The one resource scope: to talk to the hub. What one sees there is decided there. */
export const hubScope = 'hub'
const day = 86_400

/** How `oidc-provider` is set up: code with PKCE for browsers, client credentials for systems, JWT access tokens for the hub. */
export function configurationOf(
  options: Required<Pick<DevIdentityOptions, 'audience' | 'tokenSeconds'>> & DevIdentityOptions,
  keys: DevKeys,
  InvalidTarget: new () => Error,
): Configuration {
  const { people, browsers = [], systems = [], audience, tokenSeconds } = options
  return {
    adapter: createStore(),
    jwks: { keys: [keys.signing] },
    cookies: { keys: [keys.cookies] },
    clients: [
      ...browsers.map(({ clientId, redirectUris }) => ({
        client_id: clientId,
        redirect_uris: [...redirectUris],
        post_logout_redirect_uris: redirectUris.map(uri => new URL('/', uri).href),
        grant_types: ['authorization_code'],
        response_types: ['code' as const],
        token_endpoint_auth_method: 'none' as const,
      })),
      ...systems.map(({ clientId, clientSecret }) => ({
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_basic' as const,
      })),
    ],
    pkce: { required: () => true },
    responseTypes: ['code'],
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount(_ctx, subject) {
      const person = people.find(each => each.subject === subject)
      return person && { accountId: subject, claims: async () => ({ sub: subject, name: person.label }) }
    },
    // Every client here is the hub's own: nobody is asked whether it may.
    async loadExistingGrant({ oidc }: KoaContextWithOIDC) {
      const grant = new oidc.provider.Grant({ accountId: oidc.account!.accountId, clientId: oidc.client!.clientId })
      grant.addOIDCScope('openid profile')
      grant.addResourceScope(audience, hubScope)
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, resource) {
          if (resource !== audience) throw new InvalidTarget()
          return {
            scope: hubScope,
            audience,
            accessTokenTTL: tokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) =>
          page(
            ctx,
            'Sign out?',
            `${form}<button autofocus form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>`,
          ),
        postLogoutSuccessSource: ctx => page(ctx, 'Signed out', '<p>You may close this page.</p>'),
      },
    },
    clientBasedCORS: (_ctx, origin, client) => (client.redirectUris ?? []).some(uri => new URL(uri).origin === origin),
    renderError: (ctx, out) =>
      page(ctx, 'This did not work', `<p>${escape(String(out.error))}: ${escape(String(out.error_description ?? ''))}</p>`),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      AuthorizationCode: 60,
      IdToken: tokenSeconds,
      Interaction: 3_600,
      Session: day,
      Grant: day,
    },
  }
}

function page(ctx: KoaContextWithOIDC, title: string, body: string): void {
  ctx.respond = false
  sendPage(ctx.res, ctx.status >= 400 ? ctx.status : 200, title, body)
}
