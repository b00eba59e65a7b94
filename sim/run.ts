import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { main, simulate, type Job } from './main.ts';

if (isMainThread) process.exitCode = await main(process.argv.slice(2));
else parentPort?.postMessage(await simulate(workerData as Job));
