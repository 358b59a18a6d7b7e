/** Owns what is stored where no keys are asked for: then everybody on this machine is the user. */
const ANYBODY = "anybody";

/** Whose the stored things of a request are: its key's. */
export const ownerOf = ({ caller }: { caller?: { id?: string } | undefined }): string => caller?.id ?? ANYBODY;
