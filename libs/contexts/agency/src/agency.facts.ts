/** What the agency context needs to know of others; the app fulfils it. */
export abstract class StaffAccounts {
  /** The HMAC under which the hub knows the account that somebody signs in with. */
  abstract hashOf(account: { readonly issuer: string; readonly subject: string }): string
}
