/**
 * Puts a new secret in the place of a node's own, which moves to be the previous one for `$3` more seconds. Answers until when, null
 * when there was none or it ends at once.
 */
export const rotateSecret = `
UPDATE node
SET previous_secret = CASE WHEN $3::float8 > 0 THEN secret END,
    previous_secret_until = CASE WHEN $3::float8 > 0 AND secret IS NOT NULL THEN now() + make_interval(secs => $3::float8) END,
    secret = $2, updated_at = now()
WHERE id = $1
RETURNING previous_secret_until AS "previousUntil"`;
