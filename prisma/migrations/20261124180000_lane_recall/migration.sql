-- AlterTable
ALTER TABLE "lane" ADD COLUMN     "recalled" BOOLEAN NOT NULL DEFAULT false;
