"""What members are told of: replies, mentions, accepted answers, what moderators did. Fed by the boards' events."""
