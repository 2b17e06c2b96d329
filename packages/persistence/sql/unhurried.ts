/**
 * As a table of one row in a statement: what it commits is there for all at once, and on the disk within a second. Only for what a crash
 * of the database may undo: of a lease, nothing that was recorded under it depends on it, since every recording waits for the disk, and so
 * for all that was committed before. In the chain from acceptance to attempt, a lane's lease was the one flush that nobody needs.
 */
export const unhurried = "(SELECT set_config('synchronous_commit', 'off', true) AS commits) AS unhurried";
