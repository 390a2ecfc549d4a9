// UsherPublishers
