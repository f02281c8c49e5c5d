CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`task_seq` integer NOT NULL,
	`attempt` integer NOT NULL,
	`name` text NOT NULL,
	`path` text NOT NULL,
	`size` integer NOT NULL,
	`sha256` text NOT NULL,
	`content_type` text NOT NULL,
	`announced_at` integer NOT NULL,
	`stored_at` integer,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `artifacts_of_task` ON `artifacts` (`task_seq`,`name`,`attempt`);--> statement-breakpoint
CREATE TABLE `output_chunks` (
	`id` integer PRIMARY KEY NOT NULL,
	`task_seq` integer NOT NULL,
	`seq` integer NOT NULL,
	`attempt` integer NOT NULL,
	`stream` text NOT NULL,
	`at` integer NOT NULL,
	`data` blob NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `output_chunks_in_order` ON `output_chunks` (`task_seq`,`seq`);--> statement-breakpoint
CREATE TABLE `removed_blobs` (
	`id` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `task_outputs` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`attempt` integer NOT NULL,
	`next_chunk` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`stdout_bytes` integer NOT NULL,
	`stderr_bytes` integer NOT NULL,
	`kept_bytes` integer NOT NULL,
	`head_seq` integer NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `upload_uses` (
	`task_seq` integer PRIMARY KEY NOT NULL,
	`upload_id` text NOT NULL,
	FOREIGN KEY (`task_seq`) REFERENCES `tasks`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `upload_uses_by_upload` ON `upload_uses` (`upload_id`);--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`size` integer NOT NULL,
	`sha256` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploads_expiring` ON `uploads` (`expires_at`);