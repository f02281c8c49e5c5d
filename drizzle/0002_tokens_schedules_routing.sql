CREATE TABLE `audit_heads` (
	`seq` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`at` integer NOT NULL,
	`epoch` integer NOT NULL,
	`key_id` text NOT NULL,
	`signature` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `claude_sessions` (
	`session_id` text PRIMARY KEY NOT NULL,
	`worker` text,
	`cwd` text,
	`last_activity` integer NOT NULL,
	`task_count` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `claude_sessions_by_activity` ON `claude_sessions` (`last_activity`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`token_id` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`answer` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`token_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `installation` (
	`id` integer PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `schedule_fires` (
	`schedule_id` text NOT NULL,
	`fire_at` integer NOT NULL,
	PRIMARY KEY(`schedule_id`, `fire_at`)
);
--> statement-breakpoint
CREATE INDEX `schedule_fires_by_age` ON `schedule_fires` (`fire_at`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`cron` text NOT NULL,
	`timezone` text NOT NULL,
	`task` text NOT NULL,
	`overlap` text NOT NULL,
	`misfire` text NOT NULL,
	`enabled` integer NOT NULL,
	`anchor_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`next_fire_at` integer,
	`last_fire_at` integer,
	`last_task_id` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_id_unique` ON `schedules` (`id`);--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_fire_at`) WHERE next_fire_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `token_secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`token_id` text NOT NULL,
	`valid_until` integer,
	FOREIGN KEY (`token_id`) REFERENCES `tokens`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`rotated_at` integer,
	`last_used_at` integer,
	`last_used_ip` text
);
--> statement-breakpoint
DROP INDEX `tasks_ready`;--> statement-breakpoint
DROP INDEX `tasks_expiring`;--> statement-breakpoint
ALTER TABLE `tasks` ADD `lane` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `blocked` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `due_at` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `target_worker` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `worker` text GENERATED ALWAYS AS (coalesce(lease_worker, target_worker)) VIRTUAL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `target_tags` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `max_attempts` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `retry_on` text DEFAULT 'failed,timed_out' NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `retry_delay` integer DEFAULT 1000 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `cancel_requested_at` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `schedule_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `fire_at` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `session_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `retry_of` text;--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`due_at`) WHERE status = 'pending' AND blocked = 'due';--> statement-breakpoint
CREATE INDEX `tasks_held_back` ON `tasks` (`seq`) WHERE status = 'pending' AND blocked = 'held';--> statement-breakpoint
CREATE INDEX `tasks_of_session` ON `tasks` (`session_id`,priority DESC,`seq`) WHERE session_id IS NOT NULL AND status IN ('pending', 'running');--> statement-breakpoint
CREATE INDEX `tasks_open_of_schedule` ON `tasks` (`schedule_id`) WHERE schedule_id IS NOT NULL AND status IN ('pending', 'running');--> statement-breakpoint
CREATE INDEX `tasks_by_status` ON `tasks` (`status`,`seq`);--> statement-breakpoint
CREATE INDEX `tasks_by_type` ON `tasks` (`type`,`seq`);--> statement-breakpoint
CREATE INDEX `tasks_by_worker` ON `tasks` (`worker`,`seq`) WHERE worker IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_schedule` ON `tasks` (`schedule_id`,`seq`) WHERE schedule_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_creation` ON `tasks` (`created_at`,`seq`);--> statement-breakpoint
CREATE INDEX `tasks_ready` ON `tasks` (`type`,`lane`,priority DESC,`seq`) WHERE status = 'pending' AND blocked IS NULL;--> statement-breakpoint
CREATE INDEX `tasks_expiring` ON `tasks` (`expires_at`) WHERE status = 'pending' AND blocked IS NOT 'held';--> statement-breakpoint
ALTER TABLE `workers` ADD `drained` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `draining` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit_entries` (`action`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by_actor` ON `audit_entries` (`actor_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by_actor_name` ON `audit_entries` (`actor_name`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by_task` ON `audit_entries` (`task_id`,`seq`) WHERE task_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_by_outcome` ON `audit_entries` (`outcome`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by_time` ON `audit_entries` (`at`,`seq`);