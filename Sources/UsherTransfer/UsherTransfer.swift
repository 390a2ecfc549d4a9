// UsherTransfer
