/** A mistake of the user's; printed without a stack trace. */
export class UsageError extends Error {}
