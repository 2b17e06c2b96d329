-- AlterTable
ALTER TABLE "node" ADD COLUMN     "tls" BYTEA;

-- AlterTable
ALTER TABLE "node_key" ADD COLUMN     "expires_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "audit_record" (
    "id" BIGINT NOT NULL,
    "entry" TEXT NOT NULL,
    "previous" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_record_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client_assertion" (
    "issuer" TEXT NOT NULL,
    "jti" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "client_assertion_pkey" PRIMARY KEY ("issuer","jti")
);

-- CreateTable
CREATE TABLE "log_in_limit" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "log_in_limit_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "client_assertion_expires_at_idx" ON "client_assertion"("expires_at");

-- What the schema language cannot say follows; none of it counts as drift.

-- Chains what was logged. The lock puts the records in one order, and is held to the end of the transaction: whoever logs does so as its
-- last step, so that no other lock is taken after it and it can't be part of a deadlock. (A trigger deferred to the commit would see to
-- that by itself, but Prisma's schema engine can't read a database that has one.) What workers log of single deliveries is in the
-- attempts, and would put every freezing in one line.
CREATE FUNCTION "append_audit_record"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last record;
  entry text;
BEGIN
  PERFORM pg_advisory_xact_lock(7016100105116::bigint);
  SELECT "id", "hash" INTO last FROM "audit_record" ORDER BY "id" DESC LIMIT 1;
  entry := jsonb_build_object(
    'id', COALESCE(last."id", 0) + 1,
    'at', to_char(NEW."at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'actor', NEW."actor", 'action', NEW."action", 'node', NEW."node_id", 'message', NEW."message_id", 'detail', NEW."detail"
  )::text;
  INSERT INTO "audit_record" ("id", "entry", "previous", "hash")
  VALUES (COALESCE(last."id", 0) + 1, entry, COALESCE(last."hash", ''::bytea),
          sha256(COALESCE(last."hash", ''::bytea) || convert_to(entry, 'UTF8')));
  RETURN NULL;
END
$$;

CREATE TRIGGER "log_record_audited" AFTER INSERT ON "log_record"
  FOR EACH ROW WHEN (NEW."actor" <> 'worker') EXECUTE FUNCTION "append_audit_record"();

-- Against mistakes only: who owns the table can drop this, or empty the table, and what shows it then is the chain or a hash kept elsewhere.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_record only grows';
END
$$;

CREATE TRIGGER "audit_record_only_grows" BEFORE UPDATE OR DELETE ON "audit_record"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
