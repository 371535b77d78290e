/** Settings of logins at an identity provider; access/settings.ts takes them over. */
import { setting } from '@millrace/runtime';

export const oidcSettings = {
  oidcIssuer: setting.url({
    env: 'MILLRACE_QUALITY_OIDC_ISSUER',
    schemes: ['https', 'http'],
    optional: true,
    description:
      'Issuer of an OpenID Connect provider; with it, people log in there. http only for one on this machine.',
  }),
  oidcClientId: setting.string({
    env: 'MILLRACE_QUALITY_OIDC_CLIENT_ID',
    optional: true,
    description:
      'The client as the provider knows it. Its redirect address is <public URL>/auth/callback.',
  }),
  oidcClientSecret: setting.string({
    env: 'MILLRACE_QUALITY_OIDC_CLIENT_SECRET',
    optional: true,
    secret: true,
    description: 'Its secret; none for a public client.',
  }),
  oidcScopes: setting.list({
    env: 'MILLRACE_QUALITY_OIDC_SCOPES',
    default: ['openid', 'email', 'profile'],
    description: 'Scopes that are asked for.',
  }),
  oidcRoleClaim: setting.string({
    env: 'MILLRACE_QUALITY_OIDC_ROLE_CLAIM',
    default: 'roles',
    description:
      'Claim of the ID token or of userinfo that holds groups or roles, a text or a list; dots lead into objects: `realm_access.roles`.',
  }),
  oidcRoles: setting.list({
    env: 'MILLRACE_QUALITY_OIDC_ROLES',
    default: ['admin=admin', 'operator=operator', 'viewer=viewer'],
    description:
      'Which value of the claim is which role: `data-ops=operator,everyone=viewer`; `*` is anybody. The highest counts; who has none does not get in.',
  }),
  oidcNameClaim: setting.string({
    env: 'MILLRACE_QUALITY_OIDC_NAME_CLAIM',
    default: 'email',
    description: 'Claim that names the person in the audit; `sub` where it is absent.',
  }),
};
