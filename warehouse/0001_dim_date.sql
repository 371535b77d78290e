-- The days from 1990 to 2059, to group and filter facts by: join on toDate(departed_at) = date.
-- Weeks are ISO 8601's; holidays are the federal ones of the United States, on their own day.
CREATE OR REPLACE TABLE dim_date
(
  date Date COMMENT 'The day.',
  year UInt16,
  quarter UInt8,
  month UInt8,
  month_name LowCardinality(String),
  day_of_month UInt8,
  day_of_year UInt16,
  iso_year UInt16 COMMENT 'Year that the ISO week belongs to; may differ in the first and last days of a year.',
  iso_week UInt8,
  day_of_week UInt8 COMMENT '1 is Monday.',
  day_name LowCardinality(String),
  is_weekend Bool,
  is_month_end Bool,
  holiday LowCardinality(Nullable(String)) COMMENT 'Federal holiday of the United States.',
  is_working_day Bool COMMENT 'Neither weekend nor holiday.'
)
ENGINE = MergeTree ORDER BY date
COMMENT 'One row for each day from 1990 to 2059.'
AS
SELECT
  toDate('1990-01-01') + number AS date,
  toYear(date) AS year,
  toQuarter(date) AS quarter,
  toMonth(date) AS month,
  monthName(date) AS month_name,
  toDayOfMonth(date) AS day_of_month,
  toDayOfYear(date) AS day_of_year,
  toISOYear(date) AS iso_year,
  toISOWeek(date) AS iso_week,
  toDayOfWeek(date) AS day_of_week,
  dateName('weekday', date) AS day_name,
  day_of_week >= 6 AS is_weekend,
  date = toLastDayOfMonth(date) AS is_month_end,
  multiIf(
    month = 1 AND day_of_month = 1, 'New Year''s Day',
    month = 1 AND day_of_week = 1 AND day_of_month BETWEEN 15 AND 21, 'Martin Luther King Jr. Day',
    month = 2 AND day_of_week = 1 AND day_of_month BETWEEN 15 AND 21, 'Washington''s Birthday',
    month = 5 AND day_of_week = 1 AND day_of_month >= 25, 'Memorial Day',
    month = 6 AND day_of_month = 19 AND year >= 2021, 'Juneteenth',
    month = 7 AND day_of_month = 4, 'Independence Day',
    month = 9 AND day_of_week = 1 AND day_of_month <= 7, 'Labor Day',
    month = 10 AND day_of_week = 1 AND day_of_month BETWEEN 8 AND 14, 'Columbus Day',
    month = 11 AND day_of_month = 11, 'Veterans Day',
    month = 11 AND day_of_week = 4 AND day_of_month BETWEEN 22 AND 28, 'Thanksgiving Day',
    month = 12 AND day_of_month = 25, 'Christmas Day',
    NULL
  ) AS holiday,
  NOT is_weekend AND holiday IS NULL AS is_working_day
FROM numbers(toUInt32(toDate('2060-01-01') - toDate('1990-01-01')));
