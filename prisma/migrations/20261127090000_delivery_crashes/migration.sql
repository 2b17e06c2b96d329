-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "crashes" SMALLINT NOT NULL DEFAULT 0;
