/** What is not ended yet, as a condition on a row of `responses`. */
export const RUNNING = "status IN ('queued', 'in_progress')";
