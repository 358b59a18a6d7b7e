/** What counts where neither the command line nor a config file says otherwise. */
export const DEFAULT_HOST = "127.0.0.1";
/** Spells JUSC on a phone's keypad; no model host is known to use it, and discovery never asks it. */
export const DEFAULT_PORT = 5872;
/** As many as the runtime carries by itself; a higher number costs a second start of the process. */
export const DEFAULT_MAX_REQUESTS = 250;
