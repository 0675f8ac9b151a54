"""The portal's pages. A view finds the object among those the user may see, makes one service call, and answers."""
