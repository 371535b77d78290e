/** Who asks, and what a route says of who may. How one finds out is authenticate.ts; that it holds is guard-routes.ts. */
import { type Role, roles } from '@millrace/operations';

export interface Actor {
  /** Of the token or the person; `anybody` where the service is open. */
  readonly name: string;
  readonly role: Role;
  readonly way: 'open' | 'token' | 'oidc';
  /** When the login ends; null: with its token, or never. */
  readonly untilMs: number | null;
}

/** `anyone`: also who has not logged in. */
export type RouteRole = Role | 'anyone';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Viewer where it is left out of a GET; a route that changes something must say it. */
    role?: RouteRole;
  }
  interface FastifyRequest {
    /** Undefined at routes for anyone, where nobody is logged in. */
    actor: Actor | undefined;
  }
}

/** True when who has the role may do what asks for `wanted`. */
export const covers = (role: Role, wanted: Role): boolean =>
  roles.indexOf(role) >= roles.indexOf(wanted);
