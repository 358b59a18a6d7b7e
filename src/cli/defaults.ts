/** Defaults of both the command line and the config file. */
export const DEFAULT_HOST = "127.0.0.1";
/** Spells JUSC on a phone's keypad; no model server is known to use it, and discovery never tries it. */
export const DEFAULT_PORT = 5872;
/** The runtime's own limit; a higher number needs a second start of the process. */
export const DEFAULT_MAX_REQUESTS = 250;
