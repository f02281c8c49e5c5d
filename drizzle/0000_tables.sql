CREATE TABLE `audit_entries` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_id` text NOT NULL,
	`actor_name` text NOT NULL,
	`actor_role` text NOT NULL,
	`ip` text,
	`user_agent` text,
	`request_id` text,
	`action` text NOT NULL,
	`target` text,
	`task_id` text,
	`outcome` text NOT NULL,
	`detail` text NOT NULL,
	`prev_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `task_counts` (
	`status` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `task_inputs` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`shown` text NOT NULL,
	`labels` text,
	`variables` text,
	`bulky` text,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `task_results` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`outcome` text NOT NULL,
	`exit_code` integer,
	`signal` text,
	`duration` integer,
	`stdout_bytes` integer NOT NULL,
	`stderr_bytes` integer NOT NULL,
	`stdout_truncated` integer NOT NULL,
	`stderr_truncated` integer NOT NULL,
	`stdout_encoding` text NOT NULL,
	`stderr_encoding` text NOT NULL,
	`error` text,
	`metadata` text,
	`stdout` text NOT NULL,
	`stderr` text NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`status` text NOT NULL,
	`priority` integer DEFAULT 0 NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`timeout` integer NOT NULL,
	`expires_in` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	`reported` integer DEFAULT false NOT NULL,
	`note` text,
	`lease_token` text,
	`lease_worker` text,
	`lease_worker_id` text,
	`lease_generation` integer,
	`lease_seq` integer,
	`lease_listed` integer,
	`lease_duration` integer,
	`lease_deadline` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_id_unique` ON `tasks` (`id`);--> statement-breakpoint
CREATE INDEX `tasks_ready` ON `tasks` (`type`,priority DESC,`seq`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `tasks_expiring` ON `tasks` (`expires_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `tasks_leased` ON `tasks` (`lease_deadline`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `tasks_held` ON `tasks` (`lease_worker_id`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `tasks_ended` ON `tasks` (`completed_at`) WHERE completed_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `workers` (
	`name` text PRIMARY KEY NOT NULL,
	`worker_id` text NOT NULL,
	`generation` integer NOT NULL,
	`seq` integer NOT NULL,
	`hostname` text,
	`platform` text,
	`version` text,
	`tags` text NOT NULL,
	`kinds` text NOT NULL,
	`max_concurrent` integer,
	`online` integer NOT NULL,
	`last_seen_at` integer NOT NULL
);
