-- CreateTable
CREATE TABLE "tally" (
    "width" INTEGER NOT NULL,
    "node_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "kind" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "duration" BIGINT NOT NULL,
    "bins" INTEGER[],

    CONSTRAINT "tally_pkey" PRIMARY KEY ("width","node_id","at","kind")
);

-- CreateTable
CREATE TABLE "node_standing" (
    "node_id" TEXT NOT NULL,
    "last_queued_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "last_failure_at" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "last_outcome" TEXT,
    "last_status" SMALLINT,
    "last_error" TEXT,

    CONSTRAINT "node_standing_pkey" PRIMARY KEY ("node_id")
);

-- CreateTable
CREATE TABLE "worker" (
    "id" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "slots" INTEGER NOT NULL,
    "busy" INTEGER NOT NULL,
    "suspects" INTEGER NOT NULL,

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tally_width_at_idx" ON "tally"("width", "at");

-- CreateIndex
CREATE INDEX "log_record_action" ON "log_record"("action", "at");

-- CreateIndex
CREATE INDEX "log_record_node" ON "log_record"("node_id", "at") WHERE (node_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "log_record_message" ON "log_record"("message_id", "at") WHERE (message_id IS NOT NULL);

-- What the schema language cannot say follows; none of it counts as drift.

-- The rows of the current minute and hour change every few seconds, and their indexes never do: room on the page keeps the updates in
-- place (HOT).
ALTER TABLE "tally" SET (fillfactor = 70);
ALTER TABLE "node_standing" SET (fillfactor = 50);
