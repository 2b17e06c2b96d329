-- CreateEnum
CREATE TYPE "protocol" AS ENUM ('federated', 'webhook');

-- CreateEnum
CREATE TYPE "ordering" AS ENUM ('none', 'fifo');

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('pending', 'delivered', 'frozen', 'cancelled');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('admin', 'operator', 'viewer');

-- CreateTable
CREATE TABLE "node" (
    "id" TEXT NOT NULL,
    "did" TEXT,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "protocol" "protocol" NOT NULL,
    "ordering" "ordering" NOT NULL DEFAULT 'none',
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "subscriptions" TEXT[],
    "policy" JSONB NOT NULL DEFAULT '{}',
    "auth" BYTEA,
    "secret" BYTEA,
    "previous_secret" BYTEA,
    "previous_secret_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "node_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_key" (
    "id" UUID NOT NULL,
    "node_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "node_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "message" (
    "id" UUID NOT NULL,
    "origin" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "sender_id" TEXT,
    "type" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "payload" BYTEA NOT NULL,
    "size" INTEGER NOT NULL,
    "digest" BYTEA NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "recorded_time" TEXT,
    "event_type" TEXT,
    "attributes" JSONB,
    "unrouted" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" BIGSERIAL NOT NULL,
    "message_id" UUID NOT NULL,
    "node_id" TEXT NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "budget_start" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6) DEFAULT CURRENT_TIMESTAMP,
    "last_status" SMALLINT,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),
    "frozen_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lane" (
    "node_id" TEXT NOT NULL,
    "token" UUID,
    "worker" TEXT,
    "leased_until" TIMESTAMPTZ(6),
    "suspect" BOOLEAN NOT NULL DEFAULT false,
    "unclean_ends" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "lane_pkey" PRIMARY KEY ("node_id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "delivery_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "duration" INTEGER NOT NULL,
    "status" SMALLINT,
    "outcome" TEXT NOT NULL,
    "error" TEXT,
    "lease" UUID NOT NULL,
    "body" BYTEA,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "log_record" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "node_id" TEXT,
    "message_id" UUID,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "log_record_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "node_did_key" ON "node"("did");

-- CreateIndex
CREATE UNIQUE INDEX "node_key_hash_key" ON "node_key"("hash");

-- CreateIndex
CREATE INDEX "node_key_node_id_idx" ON "node_key"("node_id");

-- CreateIndex
CREATE UNIQUE INDEX "user_username_key" ON "user"("username");

-- CreateIndex
CREATE INDEX "message_origin_id_idx" ON "message"("origin", "id");

-- CreateIndex
CREATE INDEX "message_type_id_idx" ON "message"("type", "id");

-- CreateIndex
CREATE INDEX "message_unrouted" ON "message"("created_at") WHERE (unrouted);

-- CreateIndex
CREATE UNIQUE INDEX "message_origin_sender_id_key" ON "message"("origin", "sender_id");

-- CreateIndex
CREATE INDEX "delivery_node_id_state_id_idx" ON "delivery"("node_id", "state", "id");

-- CreateIndex
CREATE INDEX "delivery_due" ON "delivery"("node_id", "due_at", "id") WHERE (state = 'pending');

-- CreateIndex
CREATE INDEX "delivery_undelivered" ON "delivery"("state", "id") WHERE (state <> 'delivered');

-- CreateIndex
CREATE INDEX "delivery_delivered_at" ON "delivery"("delivered_at") WHERE (delivered_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "delivery_frozen_at" ON "delivery"("frozen_at") WHERE (frozen_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "delivery_cancelled_at" ON "delivery"("cancelled_at") WHERE (cancelled_at IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "delivery_message_id_node_id_key" ON "delivery"("message_id", "node_id");

-- CreateIndex
CREATE INDEX "log_record_at_idx" ON "log_record"("at");

-- AddForeignKey
ALTER TABLE "node_key" ADD CONSTRAINT "node_key_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "node"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the schema language cannot say follows; none of it counts as drift.

-- A lane's row changes at every run and its index never does: room on the page keeps the updates in place (HOT).
ALTER TABLE "lane" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);

-- Rows leave the partial indexes all the time: vacuum small and often.
ALTER TABLE "delivery" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);

-- Every process that routes keeps the registry of nodes in memory and hears here of each change.
CREATE FUNCTION "notify_node_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('node_changed', COALESCE(NEW."id", OLD."id"));
  RETURN NULL;
END
$$;

CREATE TRIGGER "node_changed" AFTER INSERT OR UPDATE OR DELETE ON "node"
  FOR EACH ROW EXECUTE FUNCTION "notify_node_changed"();
