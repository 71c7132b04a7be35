DROP TABLE suppression_feed;
DROP TABLE sender_state;
DROP TABLE api_tokens;
