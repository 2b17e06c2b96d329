/** What a failing node answers. */
export const FAILURE = 500;
