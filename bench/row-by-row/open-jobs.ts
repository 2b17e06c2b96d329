import { Queue, withBackend, Worker, createPostgresBackend } from 'bullmq';

/** A job for each delivery. */
export interface DeliveryJob {
  readonly deliveryId: string;
}

export interface Jobs {
  add(deliveryIds: readonly string[]): Promise<void>;
  /** Works on so many at once; takes none before `run`. */
  consume(concurrency: number, deliver: (deliveryId: string) => Promise<void>): Consumer;
  close(): Promise<void>;
}

export interface Consumer {
  run(): void;
  /** Takes no more, and waits for those under way. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

export interface JobsOptions {
  /** `database`, or Redis's URL. */
  readonly queueUrl: string;
  readonly databaseUrl: string;
}

const NAME = 'deliveries';
const CONNECTIONS = 10;
const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: true };

/** BullMQ as its documentation sets it up, on either back end. */
export function openJobs(options: JobsOptions): Jobs {
  const queue = openQueue(options);
  return {
    async add(deliveryIds) {
      await queue.addBulk(
        deliveryIds.map((deliveryId) => ({ name: 'deliver', data: { deliveryId }, opts: KEEP_NOTHING })),
      );
    },
    consume(concurrency, deliver) {
      const worker = openWorker(options, concurrency, ({ data }) => deliver(data.deliveryId));
      worker.on('error', crash);
      worker.on('failed', (_, error) => crash(error));
      let isRunning = false;
      return {
        run() {
          if (isRunning) void worker.resume();
          else void worker.run();
          isRunning = true;
        },
        pause: () => worker.pause(),
        close: () => worker.close(),
      };
    },
    close: () => queue.close(),
  };
}

/** A figure without what failed would say nothing. Out of BullMQ's reach, which swallows what its listeners throw. */
function crash(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}

type Process = (job: { data: DeliveryJob }) => Promise<void>;

function openQueue({ queueUrl, databaseUrl }: JobsOptions): Queue<DeliveryJob> {
  if (queueUrl !== 'database') return new Queue(NAME, { connection: { url: queueUrl } });
  const connection = { connectionString: databaseUrl, schema: 'bullmq', max: CONNECTIONS, migrate: true };
  return new OnPostgres.Queue(NAME, { connection }) as unknown as Queue<DeliveryJob>;
}

function openWorker({ queueUrl, databaseUrl }: JobsOptions, concurrency: number, deliver: Process): Worker {
  const options = { concurrency, autorun: false };
  if (queueUrl !== 'database') {
    return new Worker(NAME, deliver, { ...options, connection: { url: queueUrl, maxRetriesPerRequest: null } });
  }
  const connection = { connectionString: databaseUrl, schema: 'bullmq', max: CONNECTIONS, migrate: true };
  return new OnPostgres.Worker(NAME, deliver, { ...options, connection }) as unknown as Worker;
}

const OnPostgres = withBackend(createPostgresBackend);
