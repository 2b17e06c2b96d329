-- What ingress, workers and `npm start` need of PostgreSQL once the tables are there: no DDL, no change of the audit. Run by the owner of
-- the tables, in the database, after every upgrade that brought migrations (docs/operating.md). Then:
--   CREATE ROLE app LOGIN PASSWORD '...' IN ROLE orchestrator_runtime;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orchestrator_runtime') THEN
    CREATE ROLE orchestrator_runtime NOLOGIN;
  END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO orchestrator_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO orchestrator_runtime;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO orchestrator_runtime;
REVOKE INSERT, UPDATE, DELETE ON "_prisma_migrations" FROM orchestrator_runtime;
REVOKE UPDATE, DELETE ON audit_record FROM orchestrator_runtime;

-- BullMQ's tables, where the queue is in the database.
DO $$
BEGIN
  IF to_regnamespace('bullmq') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA bullmq TO orchestrator_runtime;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bullmq TO orchestrator_runtime;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bullmq TO orchestrator_runtime;
  END IF;
END $$;
